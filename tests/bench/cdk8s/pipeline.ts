// One application: its Warehouse and Stages.

import { Construct } from 'constructs';

import { Stage, StageSpec, TaskStep, Warehouse, WarehouseSpec } from './kargo';
import { Pipeline, Settings, Stage as StageSettings } from './settings';
import { COMMIT_TASK } from './task';

export class PipelineObjects extends Construct {
  constructor(scope: Construct, pipeline: Pipeline, settings: Settings) {
    super(scope, pipeline.name);
    const image = `${settings.host}/${settings.owner}/${pipeline.image}`;
    new Warehouse(this, 'warehouse', {
      metadata: { name: pipeline.name, namespace: settings.project },
      spec: warehouseSpec(image),
    });
    for (const stage of pipeline.stages) {
      new Stage(this, stage.name, {
        metadata: { name: `${pipeline.name}-${stage.name}`, namespace: settings.project },
        spec: stageSpec(stage, pipeline, image, settings),
      });
    }
  }
}

function warehouseSpec(image: string): WarehouseSpec {
  return {
    freightCreationPolicy: 'Automatic',
    interval: '5m0s',
    subscriptions: [
      {
        image: {
          repoURL: image,
          imageSelectionStrategy: 'SemVer',
          strictSemvers: false,
          allowTagsRegexes: ['^v\\d+$'],
          discoveryLimit: 20,
        },
      },
    ],
  };
}

function stageSpec(stage: StageSettings, pipeline: Pipeline, image: string, settings: Settings): StageSpec {
  const stages = stage.upstream.map((name) => `${pipeline.name}-${name}`);
  return {
    requestedFreight: [
      {
        origin: { kind: 'Warehouse', name: pipeline.name },
        sources: stages.length ? { stages } : { direct: true },
      },
    ],
    promotionTemplate: { spec: { steps: promotionSteps(stage, pipeline.name, image, settings) } },
  };
}

function promotionSteps(stage: StageSettings, app: string, image: string, settings: Settings): TaskStep[] {
  const tag = `\${{ imageFrom("${image}").Tag }}`;
  const message = [
    `${stage.environment}: ${app} ${tag}`,
    '',
    `Image: ${image}:${tag} (\${{ imageFrom("${image}").Digest[7:19] }})`,
    `Stage: ${app}-${stage.name}`,
    'Freight: ${{ ctx.targetFreight.name[0:7] }}',
  ].join('\n');
  const told = {
    branch: settings.branch,
    file: settings.imagesFile,
    key: `${stage.environment}.${app}`,
    reference: `${image}:${tag}`,
    message,
  };
  return [{ as: 'commit', task: { name: COMMIT_TASK }, vars: Object.entries(told).map(([name, value]) => ({ name, value })) }];
}
