/** Where news of a deployment goes. */
export interface Notifier {
  /** Such as `SNS topic arn:…`, for the log; never a secret. */
  readonly name: string;
  /** @throws UserError or PlatformError when the news could not be handed over */
  notify(news: News, signal: AbortSignal): Promise<void>;
}

/** What happened to a zone, for people who were not watching. */
export interface News {
  readonly service: string;
  readonly zone: string;
  readonly version: string;
  /** `stopped`: the deployment failed. `held` and `rolled-back`: the bake did. */
  readonly state: 'promoted' | 'stopped' | 'held' | 'rolled-back';
  /** One line. */
  readonly title: string;
  /** Markdown: what was seen, what state things are in, what to do. */
  readonly body: string;
  /** URL of the workflow run. */
  readonly run: string;
}
