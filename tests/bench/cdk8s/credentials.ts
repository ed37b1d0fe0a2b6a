// The login that Kargo uses for images and for the GitOps repository, read by External Secrets from the vault.

import { Chart } from 'cdk8s';
import { Construct } from 'constructs';

import { CRED_TYPE_LABEL, ExternalSecret } from './kargo';
import { Settings } from './settings';

export class CredentialsChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const images = `^${`${settings.host}/${settings.owner}/`.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')}`;
    this.credential('image', settings, { repoURL: images, repoURLIsRegex: 'true' });
    this.credential('git', settings, { repoURL: settings.repoUrl });
  }

  private credential(type: 'image' | 'git', settings: Settings, matching: Record<string, string>): void {
    new ExternalSecret(this, type, {
      metadata: { name: `gitea-${type}`, namespace: settings.project },
      spec: {
        refreshInterval: '1h0m0s',
        secretStoreRef: { kind: 'ClusterSecretStore', name: settings.secretStore },
        target: {
          name: settings.secretNames[type],
          creationPolicy: 'Owner',
          deletionPolicy: 'Retain',
          template: {
            engineVersion: 'v2',
            metadata: { labels: { [CRED_TYPE_LABEL]: type } },
            data: { ...matching, username: settings.username, password: '{{ .password }}' },
          },
        },
        data: [{ secretKey: 'password', remoteRef: { key: settings.passwordKey } }],
      },
    });
  }
}
