// SPDX-License-Identifier: Apache-2.0
/** Where koffi's addon lies when the sources run; the build puts a module in this one's place that embeds it. */
const system = `${process.platform}-${process.arch}`

export const addonPath = Bun.resolveSync(
  `@koromix/koffi-${system}/${system.replace('-', '_')}/koffi.node`,
  import.meta.dir,
)
