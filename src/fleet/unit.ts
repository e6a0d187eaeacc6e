/** Names of systemd units that need no escaping (systemd.unit(5)); instances such as `web@8080.service` included. */
export const UNIT_PATTERN = /^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,254}$/;
