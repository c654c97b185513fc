package cma

import (
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
)

// PutAudit keeps an audit, which is valid, and drops the oldest above maxAudits.
func (j *Journal) PutAudit(a api.Audit, now time.Time) error {
	return j.update(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		audits := tx.Bucket(auditsBucket)
		meta.Audit++
		meta.Audits++
		record := api.AuditRecord{Number: meta.Audit, ReceivedMS: now.UnixMilli(), Audit: a}
		if err := j.records.put(audits, numberKey(record.Number), record); err != nil {
			return err
		}
		for ; meta.Audits > j.maxAudits; meta.Audits-- {
			oldest, _ := audits.Cursor().First()
			if err := audits.Delete(oldest); err != nil {
				return err
			}
		}
		return j.putMeta(tx, meta)
	})
}

// Audits is Events for audits.
func (j *Journal) Audits(after uint64, limit int) ([]api.AuditRecord, error) {
	return numbered[api.AuditRecord](j, auditsBucket, after, limit)
}
