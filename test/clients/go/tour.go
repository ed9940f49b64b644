package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	cdcv1 "milvus-cdc-service/gen/go/milvus/cdc/v1"
)

func (c client) tour(ctx context.Context) error {
	steps := []func(context.Context, string) error{
		c.health, c.create, c.list, c.watch, c.resume, c.badRequest, c.deadline, c.cancellation, c.delete,
	}
	taskID := newTaskID()
	for _, step := range steps {
		if err := step(ctx, taskID); err != nil {
			return err
		}
	}
	return nil
}

func (c client) health(ctx context.Context, _ string) error {
	request := &healthv1.HealthCheckRequest{Service: cdcv1.CdcService_ServiceDesc.ServiceName}
	answer, err := healthv1.NewHealthClient(c.connection).Check(ctx, request)
	if err == nil {
		tell("health", map[string]any{"status": answer.GetStatus().String()})
	}
	return err
}

// An id of the client's own makes it safe to repeat a create whose answer was lost.
func (c client) create(ctx context.Context, taskID string) error {
	request := &cdcv1.CreateTaskRequest{
		TaskId:             &taskID,
		MilvusConnectParam: &cdcv1.MilvusConnectParam{Uri: &c.target},
		CollectionInfos:    []*cdcv1.CollectionInfo{{Name: "*"}},
	}
	first, err := c.cdc.CreateTask(ctx, request)
	if err != nil {
		return err
	}
	second, err := c.cdc.CreateTask(ctx, request)
	if err == nil {
		tell("create", map[string]any{"created_once": first.GetTaskId() == taskID && second.GetTaskId() == taskID})
	}
	return err
}

func (c client) list(ctx context.Context, taskID string) error {
	answer, err := c.cdc.ListTasks(ctx, &cdcv1.ListTasksRequest{})
	if err != nil {
		return err
	}
	isListed := slices.ContainsFunc(answer.GetTasks(), func(task *cdcv1.Task) bool { return task.GetTaskId() == taskID })
	tell("list", map[string]any{"is_listed": isListed})
	return nil
}

// The stream tells the task, then what changes: here, that it was paused.
func (c client) watch(ctx context.Context, taskID string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	stream, err := c.cdc.WatchTasks(ctx, &cdcv1.WatchTasksRequest{TaskId: &taskID})
	if err != nil {
		return err
	}
	var states []string
	for !slices.Contains(states, "Paused") {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		if task := answer.GetTask(); task != nil && !slices.Contains(states, task.GetState().String()) {
			states = append(states, task.GetState().String())
			if len(states) == 1 {
				if _, err := c.cdc.PauseTask(ctx, &cdcv1.PauseTaskRequest{TaskId: taskID}); err != nil {
					return err
				}
			}
		}
	}
	tell("watch", map[string]any{"states": states})
	return nil
}

func (c client) resume(ctx context.Context, taskID string) error {
	if _, err := c.cdc.ResumeTask(ctx, &cdcv1.ResumeTaskRequest{TaskId: taskID}); err != nil {
		return err
	}
	answer, err := c.cdc.GetTask(ctx, &cdcv1.GetTaskRequest{TaskId: taskID})
	if err == nil {
		tell("resume", map[string]any{"state": answer.GetTask().GetState().String()})
	}
	return err
}

func newTaskID() string {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	return hex.EncodeToString(id)
}
