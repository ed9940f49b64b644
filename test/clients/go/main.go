// A client of the service in Go: `client tour` uses all of what clients need, `client retry` shows how to come back when the
// service says that it cannot now. One JSON line tells each step.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	cdcv1 "milvus-cdc-service/gen/go/milvus/cdc/v1"
)

type options struct {
	address, target, token, ca string
}

type client struct {
	options
	connection *grpc.ClientConn
	cdc        cdcv1.CdcServiceClient
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("say tour or retry")
	}
	var opts options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&opts.address, "address", "127.0.0.1:8444", "host and port of the service")
	flags.StringVar(&opts.target, "target", "", "URI of the target Milvus")
	flags.StringVar(&opts.token, "token", "", "sent with each call")
	flags.StringVar(&opts.ca, "ca", "", "PEM file of the service's authority; cleartext without")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	connection, err := dial(opts)
	if err != nil {
		return err
	}
	defer connection.Close()
	c := client{opts, connection, cdcv1.NewCdcServiceClient(connection)}
	if args[0] == "retry" {
		return c.retry(context.Background())
	}
	return c.tour(context.Background())
}

func dial(opts options) (*grpc.ClientConn, error) {
	transport := insecure.NewCredentials()
	if opts.ca != "" {
		pem, err := os.ReadFile(opts.ca)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate", opts.ca)
		}
		transport = credentials.NewTLS(&tls.Config{RootCAs: roots})
	}
	return grpc.NewClient(opts.address,
		grpc.WithTransportCredentials(transport),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
			invoke grpc.UnaryInvoker, callOptions ...grpc.CallOption) error {
			return invoke(opts.authorized(ctx), method, request, reply, connection, callOptions...)
		}),
		grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, connection *grpc.ClientConn,
			method string, stream grpc.Streamer, callOptions ...grpc.CallOption) (grpc.ClientStream, error) {
			return stream(opts.authorized(ctx), desc, connection, method, callOptions...)
		}))
}

func (o options) authorized(ctx context.Context) context.Context {
	if o.token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+o.token)
}

func tell(step string, fields map[string]any) {
	fields["step"] = step
	line, err := json.Marshal(fields)
	if err != nil {
		panic(err) // made of strings and numbers
	}
	fmt.Println(string(line))
}
