// What bundlers put in place of a page's environment; neither Node's nor Vite's types are wanted for this.
declare const process: { env: { NEXT_PUBLIC_MOTIA_WS_URL?: string } }

interface ImportMeta {
  env: { VITE_MOTIA_WS_URL?: string }
}
