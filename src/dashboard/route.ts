import { useEffect, useState } from "preact/hooks";

/** Kept behind the `#`, so that the server has one page and a prefix does not matter. */
export type Route =
  { readonly page: "tasks" } | { readonly page: "new" } | { readonly page: "task"; readonly taskId: string };

function routeOf(hash: string): Route {
  const [, page, id] = hash.replace(/^#/, "").split("/");
  if (page === "new") return { page };
  if (page === "tasks" && id !== undefined && id !== "") return { page: "task", taskId: decodeId(id) };
  return { page: "tasks" };
}

export function hashOf(route: Route): string {
  if (route.page === "task") return `#/tasks/${encodeURIComponent(route.taskId)}`;
  return route.page === "new" ? "#/new" : "#/";
}

/** Goes to another page, as a link does. */
export function goTo(route: Route): void {
  window.location.hash = hashOf(route);
}

/** Where the page is, kept up to date. */
export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const onChange = (): void => setHash(window.location.hash);
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  return routeOf(hash);
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
