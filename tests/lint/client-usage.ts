// A program as a county might write it: it compiles only while the types generated from the contract stay usable.
import type { components, operations } from "../../build/spec/convened.js";

type Session = components["schemas"]["Session"];
type NewItem = operations["createItem"]["requestBody"]["content"]["application/json"];

export const room = (session: Session): string => session.room_id ?? "to be announced";
export const item = (prompt: string): NewItem => ({ prompt_id: prompt, text: "Staff supports", due: null });
export const next = (page: components["schemas"]["SessionList"]): string | undefined => page.next;

// @ts-expect-error: a kind that the contract does not know
export const kind: Session["kind"] = "party";
