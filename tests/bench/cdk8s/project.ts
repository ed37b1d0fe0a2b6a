// The Kargo project: namespace, Project, webhook Secret and ProjectConfig.

import { createHash } from 'crypto';

import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';

import { CRED_TYPE_LABEL, KARGO_API, Project, ProjectConfig, PromotionPolicy } from './kargo';
import { Settings } from './settings';
import { COMMIT_TASK, commitTask } from './task';

const RECEIVER = 'gitea-packages';

export class ProjectChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { project } = settings;
    const secretName = `${project}-webhook-${RECEIVER}`;
    new ApiObject(this, 'namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: project, labels: { 'kargo.akuity.io/project': 'true' } },
    });
    new Project(this, 'project', { metadata: { name: project } });
    new ApiObject(this, 'secret', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace: project, labels: { [CRED_TYPE_LABEL]: 'generic' } },
      stringData: { secret: settings.webhookSecret },
    });
    new ApiObject(this, 'task', {
      apiVersion: KARGO_API,
      kind: 'PromotionTask',
      metadata: { name: COMMIT_TASK, namespace: project },
      spec: commitTask(settings),
    });
    new ProjectConfig(this, 'config', {
      metadata: {
        name: project,
        namespace: project,
        annotations: { 'kargo.akuity.io/refresh': refreshToken(settings) },
      },
      spec: {
        promotionPolicies: promotionPolicies(settings),
        webhookReceivers: [
          {
            name: RECEIVER,
            generic: { secretRef: { name: secretName }, actions: [refreshPushedImage(settings)] },
          },
        ],
      },
    });
  }
}

function promotionPolicies(settings: Settings): PromotionPolicy[] {
  return settings.pipelines.flatMap((pipeline) =>
    pipeline.stages
      .filter((stage) => stage.autoPromotion)
      .map((stage) => ({ stageSelector: { name: `${pipeline.name}-${stage.name}` }, autoPromotionEnabled: true })),
  );
}

function refreshPushedImage(settings: Settings): Record<string, unknown> {
  const image = `'${settings.host}/' + lower(request.body.package.owner.login) + '/' + request.body.package.name`;
  return {
    action: 'Refresh',
    whenExpression: pushedTag(settings.owner),
    targetSelectionCriteria: [
      {
        kind: 'Warehouse',
        indexSelector: {
          matchIndices: [{ key: 'subscribedURLs', operator: 'Equals', value: `\${{ normalizeImage(${image}) }}` }],
        },
      },
    ],
  };
}

function pushedTag(owner: string): string {
  return [
    "request.header('X-Gitea-Event') == 'package'",
    "request.body?.action == 'created'",
    "request.body?.package?.type == 'container'",
    `lower(request.body?.package?.owner?.login ?? '') == '${owner.toLowerCase()}'`,
    'request.body?.package?.name != nil',
    "not ((request.body?.package?.version ?? '') startsWith 'sha256:')",
  ].join(' && ');
}

// Kargo does not watch Secrets: another token makes it derive the receivers' paths again.
function refreshToken(settings: Settings): string {
  const path = `/generic/${sha256(`${settings.project}${RECEIVER}${settings.webhookSecret}`)}`;
  return sha256(`refresh\n${RECEIVER} ${settings.webhooksPath}${path}`).slice(0, 16);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
