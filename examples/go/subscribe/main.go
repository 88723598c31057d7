// Subscribe follows the alarms of a cluster and writes each of them to a file, once, however often
// it is stopped, killed, or sent to another replica. What it writes it also prints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dongdorrong/alarminati/examples/go/cluster"
	pb "github.com/dongdorrong/alarminati/generated/go/alarminati/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func main() {
	log.SetFlags(0)
	agents := flag.String("agents", "127.0.0.1:7443", "replicas, host:port, separated by commas")
	folder := flag.String("tls", "tls/me", "folder with ca.crt, tls.crt and tls.key")
	path := flag.String("file", "alarms.jsonl", "where alarms are kept, with the cursor")
	flag.Parse()
	replicas, err := cluster.New(strings.Split(*agents, ","), *folder)
	if err != nil {
		log.Fatal(err)
	}
	book, err := Open(*path)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err = replicas.Try(ctx, func(conn *grpc.ClientConn, well func()) error {
		return follow(ctx, conn, book, well)
	})
	if status.Code(err) == codes.Canceled {
		err = nil // we were told to stop
	}
	if err := errors.Join(err, book.Close()); err != nil {
		log.Fatal(err)
	}
}

// follow ends only with an error.
func follow(ctx context.Context, conn *grpc.ClientConn, book *Book, well func()) error {
	request := &pb.SubscribeRequest{Cursor: book.Cursor}
	stream, err := pb.NewAlarmServiceClient(conn).Subscribe(ctx, request)
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if err == io.EOF {
			// A subscription has no end of its own: something between us and the replica ended it.
			return status.Error(codes.Unavailable, "the subscription was ended")
		}
		if err != nil {
			return err
		}
		well()
		line, err := book.Add(answer)
		if err != nil {
			return err
		}
		if line.Missed > 0 {
			log.Printf("up to %d entries were cut from the history before they were seen", line.Missed)
		}
		for _, alarm := range line.Alarms {
			fmt.Println(alarm.At, state(alarm), alarm.Message)
		}
	}
}

func state(alarm Alarm) string {
	if alarm.Resolved {
		return "RESOLVED"
	}
	return alarm.Severity
}
