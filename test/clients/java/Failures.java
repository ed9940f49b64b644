import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import milvus.cdc.v1.CdcServiceGrpc.CdcServiceBlockingStub;
import milvus.cdc.v1.CreateTaskRequest;
import milvus.cdc.v1.DeleteTaskRequest;
import milvus.cdc.v1.GetTaskRequest;
import milvus.cdc.v1.ListTasksRequest;
import milvus.cdc.v1.MilvusConnectParam;
import milvus.cdc.v1.WatchTasksRequest;
import milvus.cdc.v1.WatchTasksResponse;

/** What a client does with errors. */
final class Failures {
  private Failures() {}

  /** A request that is wrong names its fields. */
  static void badRequest(CdcServiceBlockingStub cdc) {
    MilvusConnectParam empty = MilvusConnectParam.getDefaultInstance();
    StatusRuntimeException error =
        errorOf(() -> cdc.createTask(CreateTaskRequest.newBuilder().setMilvusConnectParam(empty).build()));
    BadRequest wrong = detailOf(error, BadRequest.class);
    List<String> fields =
        wrong == null
            ? List.of()
            : wrong.getFieldViolationsList().stream().map(violation -> Main.quoted(violation.getField())).toList();
    Main.tell("bad_request", "code", codeOf(error) + ", \"fields\": " + fields);
  }

  static void deadline(CdcServiceBlockingStub cdc) {
    Main.tell("deadline", "code", codeOf(errorOf(() -> watch(cdc.withDeadlineAfter(300, TimeUnit.MILLISECONDS), null))));
  }

  static void cancellation(CdcServiceBlockingStub cdc) {
    Context.CancellableContext context = Context.current().withCancellation();
    context.run(() -> Main.tell("cancellation", "code", codeOf(errorOf(() -> watch(cdc, context)))));
  }

  /** Until it ends; cancelled after its first message where there is something to cancel. */
  private static void watch(CdcServiceBlockingStub cdc, Context.CancellableContext context) {
    Iterator<WatchTasksResponse> stream = cdc.watchTasks(WatchTasksRequest.getDefaultInstance());
    while (stream.hasNext()) {
      stream.next();
      if (context != null) context.cancel(null);
    }
  }

  static void delete(CdcServiceBlockingStub cdc, String taskId) {
    cdc.deleteTask(DeleteTaskRequest.newBuilder().setTaskId(taskId).build());
    StatusRuntimeException error =
        errorOf(() -> cdc.getTask(GetTaskRequest.newBuilder().setTaskId(taskId).build()));
    Main.tell("delete", "code_of_get", codeOf(error));
  }

  /** Waits for as long as the service asks for, and tries again. */
  static void retry(CdcServiceBlockingStub cdc) throws InterruptedException {
    Runnable call = () -> cdc.listTasks(ListTasksRequest.getDefaultInstance());
    StatusRuntimeException error = errorOf(call);
    RetryInfo hint = detailOf(error, RetryInfo.class);
    if (hint == null) throw new IllegalStateException("no hint when to try again");
    long delayMs = TimeUnit.SECONDS.toMillis(hint.getRetryDelay().getSeconds());
    Thread.sleep(delayMs);
    String then = codeOf(errorOf(call));
    Main.tell("retry", "code", codeOf(error) + ", \"delay_ms\": " + delayMs + ", \"then\": " + then);
  }

  private static StatusRuntimeException errorOf(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException error) {
      return error;
    }
    return null;
  }

  private static String codeOf(StatusRuntimeException error) {
    return Main.quoted(error == null ? Status.Code.OK : error.getStatus().getCode());
  }

  private static <T extends Message> T detailOf(StatusRuntimeException error, Class<T> kind) {
    com.google.rpc.Status status = error == null ? null : StatusProto.fromThrowable(error);
    if (status == null) return null;
    try {
      for (Any detail : status.getDetailsList()) if (detail.is(kind)) return detail.unpack(kind);
    } catch (InvalidProtocolBufferException damaged) {
      throw new IllegalStateException(damaged);
    }
    return null;
  }
}
