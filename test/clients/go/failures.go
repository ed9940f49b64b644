package main

import (
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	cdcv1 "milvus-cdc-service/gen/go/milvus/cdc/v1"
)

// A request that is wrong names its fields.
func (c client) badRequest(ctx context.Context, _ string) error {
	_, err := c.cdc.CreateTask(ctx, &cdcv1.CreateTaskRequest{MilvusConnectParam: &cdcv1.MilvusConnectParam{}})
	fields := []string{}
	for _, detail := range status.Convert(err).Details() {
		if wrong, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range wrong.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
		}
	}
	tell("bad_request", map[string]any{"code": codeOf(err), "fields": fields})
	return nil
}

func (c client) deadline(ctx context.Context, _ string) error {
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	tell("deadline", map[string]any{"code": codeOf(c.watchToTheEnd(ctx, func() {}))})
	return nil
}

func (c client) cancellation(ctx context.Context, _ string) error {
	ctx, cancel := context.WithCancel(ctx)
	tell("cancellation", map[string]any{"code": codeOf(c.watchToTheEnd(ctx, cancel))})
	return nil
}

func (c client) watchToTheEnd(ctx context.Context, onMessage func()) error {
	stream, err := c.cdc.WatchTasks(ctx, &cdcv1.WatchTasksRequest{})
	for err == nil {
		if _, err = stream.Recv(); err == nil {
			onMessage()
		}
	}
	return err
}

func (c client) delete(ctx context.Context, taskID string) error {
	if _, err := c.cdc.DeleteTask(ctx, &cdcv1.DeleteTaskRequest{TaskId: taskID}); err != nil {
		return err
	}
	_, err := c.cdc.GetTask(ctx, &cdcv1.GetTaskRequest{TaskId: taskID})
	tell("delete", map[string]any{"code_of_get": codeOf(err)})
	return nil
}

// Waits for as long as the service asks for, and tries again.
func (c client) retry(ctx context.Context) error {
	_, err := c.cdc.ListTasks(ctx, &cdcv1.ListTasksRequest{})
	for _, detail := range status.Convert(err).Details() {
		if hint, ok := detail.(*errdetails.RetryInfo); ok {
			delay := hint.GetRetryDelay().AsDuration()
			time.Sleep(delay)
			_, again := c.cdc.ListTasks(ctx, &cdcv1.ListTasksRequest{})
			tell("retry", map[string]any{"code": codeOf(err), "delay_ms": delay.Milliseconds(), "then": codeOf(again)})
			return nil
		}
	}
	return errors.Join(errors.New("no hint when to try again"), err)
}

func codeOf(err error) string {
	return codeNames[status.Code(err)]
}

// As gRPC's documents spell them; String() spells them as Go does.
var codeNames = map[codes.Code]string{
	codes.OK: "OK", codes.Canceled: "CANCELLED", codes.InvalidArgument: "INVALID_ARGUMENT",
	codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.NotFound: "NOT_FOUND", codes.Unavailable: "UNAVAILABLE",
}
