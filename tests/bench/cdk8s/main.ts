import { App, Chart } from 'cdk8s';

import { CredentialsChart } from './credentials';
import { PipelineObjects } from './pipeline';
import { ProjectChart } from './project';
import { fromEnvironment } from './settings';

const settings = fromEnvironment();
const app = new App();
new ProjectChart(app, 'project', settings);
new CredentialsChart(app, 'credentials', settings);
const pipelines = new Chart(app, 'pipelines');
settings.pipelines.forEach((pipeline) => new PipelineObjects(pipelines, pipeline, settings));
app.synth();
