import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import milvus.cdc.v1.CdcServiceGrpc;
import milvus.cdc.v1.CdcServiceGrpc.CdcServiceBlockingStub;

/**
 * A client of the service in Java: `tour` uses all of what clients need, `retry` shows how to come back when the service says
 * that it cannot now. One JSON line tells each step.
 */
public final class Main {
  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 1; i + 1 < args.length; i += 2) options.put(args[i], args[i + 1]);
    ManagedChannel channel = open(options.getOrDefault("--address", "127.0.0.1:8444"), options.get("--ca"));
    try {
      CdcServiceBlockingStub cdc = authorized(CdcServiceGrpc.newBlockingStub(channel), options.get("--token"));
      if (args[0].equals("tour")) new Tour(channel, cdc, options.getOrDefault("--target", "")).run();
      else Failures.retry(cdc);
    } finally {
      channel.shutdownNow();
    }
  }

  /** Cleartext without an authority. */
  private static ManagedChannel open(String address, String ca) throws Exception {
    ChannelCredentials credentials =
        ca == null
            ? InsecureChannelCredentials.create()
            : TlsChannelCredentials.newBuilder().trustManager(new File(ca)).build();
    return Grpc.newChannelBuilder(address, credentials).build();
  }

  private static CdcServiceBlockingStub authorized(CdcServiceBlockingStub cdc, String token) {
    if (token == null) return cdc;
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    return cdc.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** The values are JSON already. */
  static void tell(String step, String name, String value) {
    System.out.println("{\"step\": \"" + step + "\", \"" + name + "\": " + value + "}");
  }

  static String quoted(Object value) {
    return "\"" + value + "\"";
  }
}
