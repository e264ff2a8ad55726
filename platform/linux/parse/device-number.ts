// SPDX-License-Identifier: Apache-2.0
/** makedev(3) undone: st_dev and st_rdev as the kernel puts them together. */
export function deviceNumbers(device: number | bigint): { major: number; minor: number } {
  const wide = BigInt(device)
  return {
    major: Number(((wide >> 8n) & 0xfffn) | ((wide >> 32n) & 0xfffff000n)),
    minor: Number((wide & 0xffn) | ((wide >> 12n) & 0xffffff00n)),
  }
}
