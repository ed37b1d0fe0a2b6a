// What the dev stack's file says, and what the sandbox or a team's CI puts into the environment.

export interface Stage {
  readonly name: string;
  readonly environment: string;
  readonly autoPromotion: boolean;
  readonly upstream: string[];
}

export interface Pipeline {
  readonly name: string;
  readonly image: string;
  readonly stages: Stage[];
}

export interface Settings {
  readonly project: string;
  readonly webhooksPath: string;
  readonly webhookSecret: string;
  readonly host: string;
  readonly owner: string;
  readonly username: string;
  readonly secretStore: string;
  readonly passwordKey: string;
  readonly secretNames: { readonly image: string; readonly git: string };
  readonly repoUrl: string;
  readonly branch: string;
  readonly imagesFile: string;
  readonly pipelines: Pipeline[];
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set in the environment`);
  }
  return value;
}

function pipeline(name: string, image: string): Pipeline {
  return { name, image, stages: [{ name: 'dev', environment: 'dev', autoPromotion: true, upstream: [] }] };
}

export function fromEnvironment(): Settings {
  const more = Array.from({ length: Number(required('PIPELINES')) - 1 }, (_, index) => `app-${index + 2}`);
  return {
    project: 'backstage',
    webhooksPath: new URL(required('WEBHOOKS_URL')).pathname.replace(/\/$/, ''),
    webhookSecret: required('WEBHOOK_SECRET'),
    host: required('GITEA_HOST'),
    owner: 'giteaadmin',
    username: 'giteaadmin',
    secretStore: 'azure-keyvault-store',
    passwordKey: 'gitea-admin-password',
    secretNames: { image: required('IMAGE_SECRET'), git: required('GIT_SECRET') },
    repoUrl: required('GITOPS_URL'),
    branch: 'main',
    imagesFile: '.env-files/images.json',
    pipelines: [pipeline('backstage', 'backstage-cnoe'), ...more.map((name) => pipeline(name, name))],
  };
}
