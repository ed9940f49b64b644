import assert from "node:assert/strict";
import { plainly } from "../../../src/milvus/connection-faults.js";

const NONE = "No connection established. Last error: ";
const OPENSSL = "803CA6B6ED7F0000:error:0A000412:SSL routines:";

/** As real servers and OpenSSL 3 had them said. */
const SAID: Readonly<Record<string, string>> = {
  [`${OPENSSL}ssl3_read_bytes:sslv3 alert bad certificate:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number 42\n (2026-11-27T00:56:06.884Z)`]:
    "it refuses the client's certificate: expired, or not signed by an authority that it trusts (2026-11-27T00:56:06.884Z)",
  [`${OPENSSL}ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1605:SSL alert number 116`]:
    "it asks for a client's certificate, and none is given",
  [`${OPENSSL}ssl3_get_record:wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:355:`]:
    "it does not speak TLS at this port",
  "Error: unable to verify the first certificate. Resolution note: ":
    "its certificate is not signed by an authority that is trusted here.",
  "Error: certificate has expired. Resolution note: ": "its certificate has expired.",
  "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: another.example. is not in the cert's altnames: DNS:localhost":
    "its name does not match certificate's altnames: Host: another.example. is not in the cert's altnames: DNS:localhost",
  "connect ECONNREFUSED 127.0.0.1:1": "connect ECONNREFUSED 127.0.0.1:1",
};

describe("What is said of a connection that could not be made", () => {
  for (const [said, plain] of Object.entries(SAID))
    it(`is plain: ${plain}`, () => {
      assert.equal(plainly(NONE + said), NONE + plain);
    });
});
