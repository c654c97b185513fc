package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// area is a rectangle of a picture.
type area struct{ x, y, w, h float64 }

func (a area) overlaps(b area) bool {
	const touch = 0.01
	return a.x+touch < b.x+b.w && b.x+touch < a.x+a.w && a.y+touch < b.y+b.h && b.y+touch < a.y+a.h
}

func (a area) within(b area) bool {
	return a.x >= b.x && a.y >= b.y && a.x+a.w <= b.x+b.w+0.1 && a.y+a.h <= b.y+b.h+0.1
}

// drawn is an SVG as a reader finds it.
type drawn struct {
	view   area
	boxes  map[string]area // by the first line of their titles
	labels map[area]string
	texts  []area
	lines  map[string][]float64 // numbers of a path, by the first line of its title
	names  map[string]int       // elements
}

var number64 = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?`)

func numbers(s string) (all []float64) {
	for _, n := range number64.FindAllString(s, -1) {
		f, _ := strconv.ParseFloat(n, 64)
		all = append(all, f)
	}
	return all
}

// read parses an SVG.
func read(svg []byte) (drawn, error) {
	d := drawn{boxes: map[string]area{}, labels: map[area]string{}, lines: map[string][]float64{}, names: map[string]int{}}
	title, attrs, name := "", map[string]string{}, ""
	for dec := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return d, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			name, attrs = e.Name.Local, map[string]string{}
			for _, a := range e.Attr {
				attrs[a.Name.Local] = a.Value
			}
			d.names[name]++
			d.element(name, attrs, title)
		case xml.CharData:
			switch text := string(e); {
			case name == "title":
				title, _, _ = strings.Cut(text, "\n")
			case name == "text" && attrs["transform"] == "":
				d.text(attrs, text)
			}
			name = ""
		}
	}
}

func (d *drawn) element(name string, attrs map[string]string, title string) {
	at := func(key string) float64 { f, _ := strconv.ParseFloat(attrs[key], 64); return f }
	switch class, _, _ := strings.Cut(attrs["class"], " "); {
	case name == "svg":
		v := numbers(attrs["viewBox"])
		d.view = area{v[0], v[1], v[2], v[3]}
	case name == "rect" && attrs["class"] == "b":
		d.boxes[title] = area{at("x"), at("y"), at("width"), at("height")}
	case name == "path" && class == "e":
		d.lines[title] = numbers(attrs["d"])
	}
}

func (d *drawn) text(attrs map[string]string, text string) {
	size := float64(smallSize)
	switch attrs["class"] {
	case "", "r":
		size = textSize
	case "t":
		size = titleSize
	case "h":
		size = 16
	}
	x, _ := strconv.ParseFloat(attrs["x"], 64)
	y, _ := strconv.ParseFloat(attrs["y"], 64)
	w := width(text) * size
	if attrs["text-anchor"] == "end" {
		x -= w
	}
	a := area{x, y - 0.8*size, w, size}
	d.texts = append(d.texts, a)
	if attrs["class"] == "l" {
		d.labels[a] = text
	}
}
