/** A text in which no uri shows its `user:password@`. For what leaves the service: a token in a uri is a secret too. */
export function withoutUserinfo(text: string): string {
  // Up to the last @ before the path, since passwords may hold an unencoded @.
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, "$1");
}

/** A uri as users may see it, with or without a scheme. */
export function uriWithoutUserinfo(uri: string): string {
  const scheme = /^\s*[a-z][a-z0-9+.-]*:\/\//i.exec(uri)?.[0] ?? "";
  const rest = uri.slice(scheme.length);
  return scheme + rest.slice(rest.lastIndexOf("@") + 1);
}
