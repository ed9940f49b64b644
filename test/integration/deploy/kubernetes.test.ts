import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { cachedFolder } from "../../../src/sandbox/cache.js";
import { readConfig } from "../../../src/config/read-config.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { buildGo } from "../../toolchain/go.js";
import { pinOf, toolchainContext } from "../../toolchain/toolchain-context.js";
import { HADOLINT, provideWheelProgram } from "../../toolchain/wheel-program.js";

const run = promisify(execFile);
const BASE = "deploy/kubernetes";
const READER = "test/deploy";

/** What the assertions below look at. */
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly ports?: readonly { readonly targetPort: string; readonly appProtocol: string }[];
    readonly template?: { readonly spec: PodSpec };
  };
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: { readonly grpc: { readonly port: number; readonly service: string } };
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

describe("The Kubernetes manifests", () => {
  const newPath = temporaryFolder();
  let reader: string;
  before(async function () {
    this.timeout(900_000);
    const context = toolchainContext();
    const pin = pinOf(...["main.go", "go.mod", "go.sum"].map((file) => join(READER, file)));
    const folder = await cachedFolder(context.cacheDir, `manifests-${pin}`, (halfMade) =>
      buildGo(READER, ".", join(halfMade, "manifests"), context),
    );
    reader = join(folder, "manifests");
  });
  const objectsOf = async (folder: string): Promise<KubernetesObject[]> =>
    JSON.parse((await run(reader, [folder])).stdout) as KubernetesObject[];

  it("are what Kubernetes knows, with each field, and fit the service", async () => {
    const objects = await objectsOf(BASE);
    const one = (kind: string): KubernetesObject => objects.find((object) => object.kind === kind)!;
    const { replicas, template } = one("StatefulSet").spec!;
    const [container] = template!.spec.containers;
    assert.equal(replicas, 1, "the metastore is for one process");

    const configText = one("ConfigMap").data!["config.yaml"]!;
    const variables = Object.fromEntries(container!.env.map(({ name }) => [name, "value"]));
    const config = readConfig(parse(configText), variables);
    const mapped = template!.spec.volumes.find(({ configMap }) => configMap !== undefined);
    assert.equal(mapped?.configMap?.name, one("ConfigMap").metadata.name);
    const mounts = container!.volumeMounts.map(({ mountPath }) => mountPath);
    assert.ok(mounts.includes(dirname(config.metastore.path)), "the metastore is on a volume that stays");
    assert.ok(mounts.includes(dirname(container!.args.at(-1)!)));
    assert.equal(config.listen.port, container!.ports[0]!.containerPort);
    assert.deepEqual(container!.readinessProbe.grpc, {
      port: config.listen.port,
      service: "milvus.cdc.v1.CdcService",
    });
    assert.deepEqual(
      one("Service").spec!.ports!.map(({ targetPort, appProtocol }) => [targetPort, appProtocol]),
      [
        [container!.ports[0]!.name, "kubernetes.io/h2c"],
        [container!.ports[0]!.name, "http"],
      ],
    );
  });

  it("take the monitoring component, which selects the service", async () => {
    const folder = copyOfBase(newPath());
    const overlay = "resources: [kubernetes]\ncomponents: [kubernetes/monitoring]\n";
    writeFileSync(join(dirname(folder), "kustomization.yaml"), overlay);
    const objects = await objectsOf(dirname(folder));
    assert.ok(objects.some(({ kind }) => kind === "ServiceMonitor"));
  });

  it("are refused with a field that Kubernetes does not have", async () => {
    const folder = copyOfBase(newPath());
    const file = join(folder, "stateful-set.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("readOnlyRootFilesystem", "readOnlyFilesystem"));
    await assert.rejects(objectsOf(folder), /unknown field "spec\.template\.spec\.containers\[0\]/);
  });
});

/** In a folder of its own, under its own name. */
function copyOfBase(path: string): string {
  const folder = join(dirname(path), "kubernetes");
  cpSync(BASE, folder, { recursive: true });
  return folder;
}

describe("The Dockerfile", () => {
  it("has nothing that hadolint finds", async function () {
    this.timeout(600_000);
    const hadolint = await provideWheelProgram(HADOLINT, toolchainContext());
    await run(hadolint, ["deploy/Dockerfile"]);
  });
});
