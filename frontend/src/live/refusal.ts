// A server that understood, and says why not and when to ask again.

export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    // Seconds.
    readonly retryAfter: number,
    readonly field?: string,
  ) {
    super(message);
  }
}

// Whatever stands between may answer as well, with a page of its own: that is no refusal of ours.
export async function refusalOf(response: Response): Promise<Error> {
  const answer = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  if (typeof answer?.message !== "string") return new Error(String(response.status));
  const { code, message, retry_after: retryAfter, field } = answer;
  return new Refusal(String(code), message, Number(retryAfter ?? 5), field as string | undefined);
}
