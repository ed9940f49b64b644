import { ConnectError } from "@connectrpc/connect";
import { useRef, useState } from "preact/hooks";

export interface Action {
  readonly isBusy: boolean;
  /** Why the last one failed. */
  readonly fault: string | undefined;
  /** Carries one out; answers whether it went well. A second one while the first is under way is not begun. */
  run(act: () => Promise<unknown>): Promise<boolean>;
}

/** Something that a person asks for and waits for. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const busy = useRef(false);
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    if (busy.current) return false;
    busy.current = true;
    setBusy(true);
    setFault(undefined);
    try {
      await act();
      return true;
    } catch (error) {
      setFault(ConnectError.from(error).rawMessage);
      return false;
    } finally {
      busy.current = false;
      setBusy(false);
    }
  };
  return { isBusy, fault, run };
}
