// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all lint/style/noDefaultExport: an imported text has no other name
/** Files that the executable has in it as they are. */
declare module '*.service' {
  const text: string
  export default text
}
declare module '*.rules' {
  const text: string
  export default text
}
declare module '*.openrc' {
  const text: string
  export default text
}
declare module '*.runit' {
  const text: string
  export default text
}
declare module '*.default' {
  const text: string
  export default text
}
declare module '*.sample' {
  const text: string
  export default text
}
declare module '*/fsfreeze-hook' {
  const text: string
  export default text
}
