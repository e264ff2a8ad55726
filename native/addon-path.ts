// SPDX-License-Identifier: Apache-2.0
/** Where koffi's addon lies when the sources run; the build puts a module in this one's place that embeds it. */
export const addonPath = Bun.resolveSync(
  `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`,
  import.meta.dir,
)
