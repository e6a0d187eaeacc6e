/** The machines that hosts are. */
export interface Instances {
  /**
   * The availability zone of each host, by its name. Hosts that the platform does not know, or that are being
   * terminated, are left out.
   *
   * @throws PlatformError or UserError when the platform refuses or does not answer
   */
  zones(hosts: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
