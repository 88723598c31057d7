// Package cluster reaches the agents of one cluster: mutual TLS from a folder, and any replica will do.
package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // replays come compressed to those who can read that
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// Every agent's certificate carries this name, whatever its address: what matters is that it is an
// agent of the authority in ca.crt.
const serverName = "agent.alarminati"

const (
	firstPause = 500 * time.Millisecond
	lastPause  = 15 * time.Second
)

// Cluster is some replicas of a cluster and who we are to them.
type Cluster struct {
	addresses []string
	options   []grpc.DialOption
}

// New reads ca.crt, tls.crt and tls.key from a folder. Addresses are host:port, at least one.
func New(addresses []string, folder string) (*Cluster, error) {
	authority, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s/ca.crt holds no certificate", folder)
	}
	config := &tls.Config{
		ServerName:   serverName,
		RootCAs:      roots,
		Certificates: []tls.Certificate{pair},
	}
	return &Cluster{addresses, []grpc.DialOption{
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		// A fixed window: otherwise every message is followed by PINGs that estimate bandwidth.
		grpc.WithStaticConnWindowSize(64 * 1024),
		// A silent stream may have died unnoticed. NAT gateways forget connections after 240 s or more.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 200 * time.Second, Timeout: 20 * time.Second}),
	}}, nil
}

// Try calls one replica after the other, with growing pauses, until one call ends without error or
// with one that trying again does not mend, or the context ends. The pauses start over whenever a
// call says through `well` that it is getting answers.
func (c *Cluster) Try(ctx context.Context, call func(conn *grpc.ClientConn, well func()) error) error {
	pause := firstPause
	for turn := rand.IntN(len(c.addresses)); ; turn++ {
		address := c.addresses[turn%len(c.addresses)]
		err := c.ask(address, func(conn *grpc.ClientConn) error {
			return call(conn, func() { pause = firstPause })
		})
		if err == nil || !passing(err) || ctx.Err() != nil {
			return err
		}
		log.Printf("%s: %v", address, err)
		// Random, so that many clients of a replica that fell do not come back at once.
		select {
		case <-time.After(time.Duration(float64(pause) * (0.5 + rand.Float64()))):
		case <-ctx.Done():
			return err
		}
		pause = min(2*pause, lastPause)
	}
}

func (c *Cluster) ask(address string, call func(*grpc.ClientConn) error) error {
	conn, err := grpc.NewClient(address, c.options...)
	if err != nil {
		return err
	}
	defer conn.Close()
	return call(conn)
}

func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted, codes.DeadlineExceeded:
		return true
	}
	return false
}
