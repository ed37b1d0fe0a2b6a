// The PromotionTask that commits an image's reference, in three tries.

import { Step } from './kargo';
import { Settings } from './settings';

export const COMMIT_TASK = 'commit-image';
const TRIES = [0, 1, 2];
const RETRY = { errorThreshold: 5, timeout: '10m0s' };

export function commitTask(settings: Settings) {
  return {
    vars: ['branch', 'file', 'key', 'reference', 'message'].map((name) => ({ name })),
    steps: TRIES.flatMap((number) => tryOnce(number, settings)),
  };
}

function tryOnce(number: number, settings: Settings): Step[] {
  const suffix = number ? `-${number}` : '';
  const folder = `./gitops${suffix}`;
  const change = {
    path: `${folder}/\${{ vars.file }}`,
    updates: [{ key: '${{ quote(vars.key) }}', value: '${{ vars.reference }}' }],
  };
  const failed = TRIES.slice(0, number).map((n) => `status('push${n ? `-${n}` : ''}') in ['Errored', 'Failed']`);
  return [
    {
      uses: 'git-clone',
      as: `clone${suffix}`,
      ...(number ? { if: `\${{ ${failed.join(' && ')} }}` } : {}),
      config: { repoURL: settings.repoUrl, checkout: [{ branch: '${{ quote(vars.branch) }}', path: folder }] },
      retry: RETRY,
    },
    {
      uses: 'json-update',
      as: `set${suffix}`,
      if: succeeded(`clone${suffix}`),
      continueOnError: true,
      config: change,
    },
    {
      uses: 'file-write',
      as: `create-file${suffix}`,
      if: `\${{ status('set${suffix}') == 'Errored' }}`,
      config: { path: change.path, contents: '{}' },
    },
    { uses: 'json-update', as: `set-in-new-file${suffix}`, if: succeeded(`create-file${suffix}`), config: change },
    {
      uses: 'git-commit',
      as: `commit${suffix}`,
      if: succeeded(`set${suffix}`, `set-in-new-file${suffix}`),
      config: { path: folder, message: '${{ vars.message }}' },
    },
    {
      uses: 'git-push',
      as: `push${suffix}`,
      if: succeeded(`commit${suffix}`),
      config: { path: folder },
      retry: RETRY,
      ...(number < TRIES.length - 1 ? { continueOnError: true } : {}),
    },
  ];
}

function succeeded(...aliases: string[]): string {
  return `\${{ ${aliases.map((alias) => `status('${alias}') == 'Succeeded'`).join(' || ')} }}`;
}
