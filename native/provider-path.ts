// SPDX-License-Identifier: Apache-2.0
/** Where the VSS provider lies after `bun run build --all`; the build puts a module in this one's place that embeds it. */
export const providerPath = `${import.meta.dir}/../dist/qga-vss.dll`
