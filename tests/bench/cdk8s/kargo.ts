// Kargo's and External Secrets' kinds as constructs; both have CRDs without a published TypeScript package.

import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';

export const KARGO_API = 'kargo.akuity.io/v1alpha1';
export const EXTERNAL_SECRETS_API = 'external-secrets.io/v1';
export const CRED_TYPE_LABEL = 'kargo.akuity.io/cred-type';

interface Props<Spec> {
  readonly metadata: ApiObjectMetadata;
  readonly spec?: Spec;
}

export interface ImageSubscription {
  readonly repoURL: string;
  readonly imageSelectionStrategy: 'SemVer';
  readonly strictSemvers: boolean;
  readonly allowTagsRegexes: string[];
  readonly discoveryLimit: number;
}

export interface WarehouseSpec {
  readonly freightCreationPolicy: 'Automatic' | 'Manual';
  readonly interval: string;
  readonly subscriptions: { readonly image: ImageSubscription }[];
}

export interface Step {
  readonly uses: string;
  readonly as?: string;
  readonly if?: string;
  readonly continueOnError?: boolean;
  readonly config: Record<string, unknown>;
  readonly retry?: { readonly errorThreshold: number; readonly timeout: string };
}

export interface TaskStep {
  readonly as: string;
  readonly task: { readonly name: string };
  readonly vars: { readonly name: string; readonly value: string }[];
}

export interface StageSpec {
  readonly requestedFreight: {
    readonly origin: { readonly kind: 'Warehouse'; readonly name: string };
    readonly sources: { readonly direct: true } | { readonly stages: string[] };
  }[];
  readonly promotionTemplate: { readonly spec: { readonly steps: TaskStep[] } };
}

export interface PromotionPolicy {
  readonly stageSelector: { readonly name: string };
  readonly autoPromotionEnabled: boolean;
}

export interface WebhookReceiver {
  readonly name: string;
  readonly generic: { readonly secretRef: { readonly name: string }; readonly actions: Record<string, unknown>[] };
}

export interface ProjectConfigSpec {
  readonly promotionPolicies: PromotionPolicy[];
  readonly webhookReceivers: WebhookReceiver[];
}

export interface ExternalSecretSpec {
  readonly refreshInterval: string;
  readonly secretStoreRef: { readonly kind: 'ClusterSecretStore'; readonly name: string };
  readonly target: {
    readonly name: string;
    readonly creationPolicy: 'Owner';
    readonly deletionPolicy: 'Retain';
    readonly template: {
      readonly engineVersion: 'v2';
      readonly metadata: { readonly labels: Record<string, string> };
      readonly data: Record<string, string>;
    };
  };
  readonly data: { readonly secretKey: string; readonly remoteRef: { readonly key: string } }[];
}

export class Project extends ApiObject {
  constructor(scope: Construct, id: string, props: Props<never>) {
    super(scope, id, { apiVersion: KARGO_API, kind: 'Project', ...props });
  }
}

export class ProjectConfig extends ApiObject {
  constructor(scope: Construct, id: string, props: Props<ProjectConfigSpec>) {
    super(scope, id, { apiVersion: KARGO_API, kind: 'ProjectConfig', ...props });
  }
}

export class Warehouse extends ApiObject {
  constructor(scope: Construct, id: string, props: Props<WarehouseSpec>) {
    super(scope, id, { apiVersion: KARGO_API, kind: 'Warehouse', ...props });
  }
}

export class Stage extends ApiObject {
  constructor(scope: Construct, id: string, props: Props<StageSpec>) {
    super(scope, id, { apiVersion: KARGO_API, kind: 'Stage', ...props });
  }
}

export class ExternalSecret extends ApiObject {
  constructor(scope: Construct, id: string, props: Props<ExternalSecretSpec>) {
    super(scope, id, { apiVersion: EXTERNAL_SECRETS_API, kind: 'ExternalSecret', ...props });
  }
}
