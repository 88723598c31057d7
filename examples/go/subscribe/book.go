package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	pb "github.com/dongdorrong/alarminati/generated/go/alarminati/v1"
)

// A Book is a file of what was received, one answer a line, each with the cursor after it. Alarms
// and cursor are written together, so that no crash comes between the two: whatever is in the file
// is not asked for again, and whatever is not is.
type Book struct {
	// Cursor says where to go on; empty in a new book.
	Cursor []byte
	file   *os.File
}

// A Line is one answer with alarms in it, or with a gap before them.
type Line struct {
	// Cursor stands for everything up to here.
	Cursor []byte `json:"cursor"`
	// Missed is how many entries at the most were cut from the cluster's history unseen.
	Missed int64 `json:"missed,omitempty"`
	// Alarms in the order the cluster told them.
	Alarms []Alarm `json:"alarms"`
}

// An Alarm is one report.
type Alarm struct {
	ID       string `json:"id"`
	At       string `json:"at"`
	Severity string `json:"severity"`
	Resolved bool   `json:"resolved"`
	Project  string `json:"project"`
	Message  string `json:"message"`
}

// Open opens a book or begins one.
func Open(path string) (*Book, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	written, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	// A line without an end was being written when the power failed or the disk was full.
	whole := bytes.LastIndexByte(written, '\n') + 1
	if err := file.Truncate(int64(whole)); err != nil {
		return nil, err
	}
	book := &Book{file: file}
	if whole == 0 {
		return book, nil
	}
	begin := bytes.LastIndexByte(written[:whole-1], '\n') + 1
	var last Line
	if err := json.Unmarshal(written[begin:whole], &last); err != nil || len(last.Cursor) == 0 {
		return nil, fmt.Errorf("%s: the last line has no cursor; is it a file of this program?", path)
	}
	book.Cursor = last.Cursor
	return book, nil
}

// Add writes an answer down.
func (b *Book) Add(answer *pb.SubscribeResponse) (Line, error) {
	line := Line{Cursor: answer.Cursor, Missed: answer.GetGap().GetMissed(), Alarms: []Alarm{}}
	for _, record := range answer.Records {
		if alarm := record.GetAlarm(); alarm != nil {
			line.Alarms = append(line.Alarms, shown(record.Id, alarm))
		}
	}
	b.Cursor = answer.Cursor
	if len(line.Alarms) == 0 && line.Missed == 0 {
		return line, nil
	}
	text, err := json.Marshal(line)
	if err != nil {
		return line, err
	}
	_, err = b.file.Write(append(text, '\n'))
	return line, err
}

// Close closes the file.
func (b *Book) Close() error { return b.file.Close() }

func shown(id string, alarm *pb.Alarm) Alarm {
	return Alarm{
		ID:       id,
		At:       time.UnixMilli(alarm.TimestampMs).UTC().Format("2006-01-02T15:04:05.000Z"),
		Severity: strings.TrimPrefix(alarm.Severity.String(), "SEVERITY_"),
		Resolved: alarm.Resolved,
		Project:  alarm.Project,
		Message:  alarm.Message,
	}
}
