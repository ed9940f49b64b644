/** Variables of the commands that ask a service: no keys of the configuration, although they begin as those do. */
export const COMMAND_VARIABLES = {
  /** The service's address. */
  server: "MILVUS_CDC_SERVER",
  /** The caller's token for the service, which is no option: every user of the machine could read one. */
  token: "MILVUS_CDC_TOKEN",
  /** The target's token, which is none for the same reason. */
  targetToken: "MILVUS_CDC_TARGET_TOKEN",
} as const;
