import { cpus, release, totalmem, type } from 'node:os';

export interface Machine {
  system: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    system: `${type()} ${release()}`,
    cpu: cores[0]?.model.trim() || process.arch,
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
  };
}
