/** GPU types that the stand-in rents, with the prices of REST v2's examples and of RunPod's page of 2026. */
export const gpuTypes = [
  {
    id: 'NVIDIA GeForce RTX 4090',
    name: 'RTX 4090',
    pool: 'ADA_24',
    memory: 24,
    secure: 0.69,
    community: 0.34,
    serverless: 1.116,
  },
  { id: 'NVIDIA L40S', name: 'L40S', pool: 'ADA_48_PRO', memory: 48, secure: 0.99, community: 0.79, serverless: 1.908 },
  {
    id: 'NVIDIA A100 80GB PCIe',
    name: 'A100 PCIe',
    pool: 'AMPERE_80',
    memory: 80,
    secure: 1.79,
    community: 1.19,
    serverless: 2.736,
  },
] as const

export function priceOf(gpu: string, cloud: 'SECURE' | 'COMMUNITY'): number | null {
  const found = gpuTypes.find(({ id }) => id === gpu)
  if (found === undefined) return null
  return cloud === 'SECURE' ? found.secure : found.community
}
