import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import milvus.cdc.v1.CdcServiceGrpc;
import milvus.cdc.v1.CdcServiceGrpc.CdcServiceBlockingStub;
import milvus.cdc.v1.CollectionInfo;
import milvus.cdc.v1.CreateTaskRequest;
import milvus.cdc.v1.GetTaskRequest;
import milvus.cdc.v1.ListTasksRequest;
import milvus.cdc.v1.MilvusConnectParam;
import milvus.cdc.v1.PauseTaskRequest;
import milvus.cdc.v1.ResumeTaskRequest;
import milvus.cdc.v1.Task;
import milvus.cdc.v1.WatchTasksRequest;
import milvus.cdc.v1.WatchTasksResponse;

/** What a client does with tasks. */
final class Tour {
  private final ManagedChannel channel;
  private final CdcServiceBlockingStub cdc;
  private final String target;
  private final String taskId;

  Tour(ManagedChannel channel, CdcServiceBlockingStub cdc, String target) {
    byte[] id = new byte[16];
    new SecureRandom().nextBytes(id);
    this.channel = channel;
    this.cdc = cdc;
    this.target = target;
    this.taskId = HexFormat.of().formatHex(id);
  }

  void run() {
    health();
    create();
    list();
    watch();
    resume();
    Failures.badRequest(cdc);
    Failures.deadline(cdc);
    Failures.cancellation(cdc);
    Failures.delete(cdc, taskId);
  }

  private void health() {
    HealthCheckRequest request = HealthCheckRequest.newBuilder().setService(CdcServiceGrpc.SERVICE_NAME).build();
    Main.tell("health", "status", Main.quoted(HealthGrpc.newBlockingStub(channel).check(request).getStatus()));
  }

  /** An id of the client's own makes it safe to repeat a create whose answer was lost. */
  private void create() {
    CreateTaskRequest request =
        CreateTaskRequest.newBuilder()
            .setTaskId(taskId)
            .setMilvusConnectParam(MilvusConnectParam.newBuilder().setUri(target))
            .addCollectionInfos(CollectionInfo.newBuilder().setName("*"))
            .build();
    boolean isFirst = cdc.createTask(request).getTaskId().equals(taskId);
    boolean isSecond = cdc.createTask(request).getTaskId().equals(taskId);
    Main.tell("create", "created_once", String.valueOf(isFirst && isSecond));
  }

  private void list() {
    List<Task> tasks = cdc.listTasks(ListTasksRequest.getDefaultInstance()).getTasksList();
    boolean isListed = tasks.stream().anyMatch(task -> task.getTaskId().equals(taskId));
    Main.tell("list", "is_listed", String.valueOf(isListed));
  }

  /** The stream tells the task, then what changes: here, that it was paused. */
  private void watch() {
    List<String> states = new ArrayList<>();
    Context.CancellableContext context = Context.current().withCancellation();
    context.run(
        () -> {
          WatchTasksRequest request = WatchTasksRequest.newBuilder().setTaskId(taskId).build();
          Iterator<WatchTasksResponse> stream = cdc.withDeadlineAfter(30, TimeUnit.SECONDS).watchTasks(request);
          while (!states.contains(Main.quoted("Paused"))) {
            WatchTasksResponse answer = stream.next();
            String state = Main.quoted(answer.getTask().getState());
            if (!answer.hasTask() || states.contains(state)) continue;
            states.add(state);
            if (states.size() == 1) cdc.pauseTask(PauseTaskRequest.newBuilder().setTaskId(taskId).build());
          }
        });
    context.cancel(null);
    Main.tell("watch", "states", states.toString());
  }

  private void resume() {
    cdc.resumeTask(ResumeTaskRequest.newBuilder().setTaskId(taskId).build());
    Task task = cdc.getTask(GetTaskRequest.newBuilder().setTaskId(taskId).build()).getTask();
    Main.tell("resume", "state", Main.quoted(task.getState()));
  }
}
