// Report hands in one alarm and prints its id once it is safe.
//
// However often it has to try, and at whichever replica, the alarm is taken once: every attempt
// carries the same request id.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/dongdorrong/alarminati/examples/go/cluster"
	pb "github.com/dongdorrong/alarminati/generated/go/alarminati/v1"
	"google.golang.org/grpc"
)

const oneAttempt = 5 * time.Second

func main() {
	log.SetFlags(0)
	agents := flag.String("agents", "127.0.0.1:7443", "replicas, host:port, separated by commas")
	folder := flag.String("tls", "tls/me", "folder with ca.crt, tls.crt and tls.key")
	severity := flag.String("severity", "WARNING", "CRITICAL, ERROR, WARNING or INFO")
	resolved := flag.Bool("resolved", false, "it is over")
	id := flag.String("request-id", rand.Text(), "the same id is the same report, for at least an hour")
	at := flag.Int64("timestamp-ms", time.Now().UnixMilli(), "when it happened; the same id must say the same")
	patience := flag.Duration("patience", time.Minute, "how long to try")
	flag.Parse()
	level, known := pb.Severity_value["SEVERITY_"+strings.ToUpper(*severity)]
	if flag.NArg() != 1 || !known {
		flag.Usage()
		os.Exit(2)
	}
	request := &pb.ReportRequest{
		Alarm: &pb.Alarm{
			Message:  flag.Arg(0),
			Severity: pb.Severity(level),
			Resolved: *resolved,
			// When it happened, not when somebody took it.
			TimestampMs: *at,
		},
		RequestId: *id,
	}
	replicas, err := cluster.New(strings.Split(*agents, ","), *folder)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), *patience)
	defer stop()
	answer, err := report(ctx, replicas, request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Id)
}

func report(
	ctx context.Context, replicas *cluster.Cluster, request *pb.ReportRequest,
) (answer *pb.ReportResponse, err error) {
	err = replicas.Try(ctx, func(conn *grpc.ClientConn, _ func()) error {
		attempt, stop := context.WithTimeout(ctx, oneAttempt)
		defer stop()
		answer, err = pb.NewAlarmServiceClient(conn).Report(attempt, request)
		return err
	})
	return answer, err
}
