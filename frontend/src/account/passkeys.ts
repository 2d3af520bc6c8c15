// The browser's part of WebAuthn: options come as JSON out of the page or from an address, the
// answer goes into a hidden field of the form. Binary values are base64url in both directions.

interface Credential {
  id: string;
  transports?: AuthenticatorTransport[];
  type: "public-key";
}

interface Options {
  publicKey: Record<string, unknown> & {
    challenge: string;
    user?: { id: string; name: string; displayName: string };
    allowCredentials?: Credential[];
    excludeCredentials?: Credential[];
  };
}

export function passkeyForms(root: ParentNode): void {
  if (!("PublicKeyCredential" in window)) return;
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void answer(form);
    });
  }
  root.querySelector<HTMLElement>("[data-without-passkeys]")?.toggleAttribute("hidden", true);
}

async function answer(form: HTMLFormElement): Promise<void> {
  const problem = form.querySelector<HTMLElement>("[data-problem]");
  const field = form.querySelector<HTMLInputElement>("input[name=credential]");
  if (!field) return;
  problem?.toggleAttribute("hidden", true);
  try {
    const publicKey = decoded(await optionsOf(form));
    const made =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions })
        : await navigator.credentials.get({ publicKey: publicKey as unknown as PublicKeyCredentialRequestOptions });
    field.value = JSON.stringify(encoded(made as PublicKeyCredential));
  } catch {
    // Cancelled, timed out, or no key that fits: the browser tells no more.
    problem?.toggleAttribute("hidden", false);
    return;
  }
  form.submit();
}

async function optionsOf(form: HTMLFormElement): Promise<Options> {
  if (!form.dataset.options) return JSON.parse(document.getElementById("passkey-options")?.textContent ?? "");
  const response = await fetch(form.dataset.options, { headers: { "X-Siegel": "1" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

export function decoded({ publicKey }: Options): Record<string, unknown> {
  const { challenge, user, allowCredentials, excludeCredentials, ...rest } = publicKey;
  return {
    ...rest,
    challenge: bytes(challenge),
    ...(user && { user: { ...user, id: bytes(user.id) } }),
    ...(allowCredentials && { allowCredentials: allowCredentials.map(withBytes) }),
    ...(excludeCredentials && { excludeCredentials: excludeCredentials.map(withBytes) }),
  };
}

export function encoded(made: PublicKeyCredential): Record<string, unknown> {
  const { response } = made;
  const common = { clientDataJSON: text(response.clientDataJSON) };
  const body =
    response instanceof AuthenticatorAttestationResponse
      ? { ...common, attestationObject: text(response.attestationObject) }
      : withHandle(response as AuthenticatorAssertionResponse, common);
  return { id: made.id, rawId: text(made.rawId), type: made.type, response: body, clientExtensionResults: {} };
}

function withHandle(response: AuthenticatorAssertionResponse, common: Record<string, string>): Record<string, string> {
  return {
    ...common,
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    ...(response.userHandle && { userHandle: text(response.userHandle) }),
  };
}

function withBytes(credential: Credential): PublicKeyCredentialDescriptor {
  return { ...credential, id: bytes(credential.id) };
}

export function bytes(encodedText: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(encodedText.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

export function text(buffer: ArrayBuffer): string {
  const signs = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
