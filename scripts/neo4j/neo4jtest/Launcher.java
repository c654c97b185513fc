import java.nio.file.Path;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/** Launcher HOME CONF runs a server, prints the address of Bolt once it answers, and stops at the end of stdin. */
class Launcher {
    public static void main(String[] args) {
        int status = 0;
        try {
            var server = new DatabaseManagementServiceBuilder(Path.of(args[0])).loadPropertiesFromFile(Path.of(args[1])).build();
            var system = (GraphDatabaseAPI) server.database("system");
            var ports = system.getDependencyResolver().resolveDependency(ConnectorPortRegister.class);
            System.out.println(ports.getLocalAddress(ConnectorType.BOLT));
            System.in.transferTo(System.err);
            server.shutdown();
        } catch (Exception e) {
            e.printStackTrace();
            status = 1;
        }
        System.exit(status); // else threads that idle keep the process for 5 s more
    }
}
