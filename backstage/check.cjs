// Checks catalog-info.yaml and backstage/template.yaml with Backstage's own packages, and runs the template.
//
// Standard input: {root, packages, runs: [{values, files}]}, where `files` maps the URL of a file to its text.
// Standard output: {problems, runs: [{refused} | {failed} | {output, pullRequest?}]}.
//
// GitHub is replaced: its reader returns `files`, and its client keeps the pull request that the action would open.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createRequire } = require('node:module');

const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const load = createRequire(path.join(input.packages, 'package.json'));

const catalog = load('@backstage/catalog-model');
const { templateEntityV1beta3Validator } = load('@backstage/plugin-scaffolder-common');
const backend = load('@backstage/plugin-scaffolder-backend');
const github = load('@backstage/plugin-scaffolder-backend-module-github');
const utils = load('@roadiehq/scaffolder-backend-module-utils');

// Dependencies of the scaffolder, in its version of each.
const scaffolder = load.resolve('@backstage/plugin-scaffolder-backend/package.json');
const within = createRequire(scaffolder);
const { ConfigReader } = within('@backstage/config');
const { ScmIntegrations } = within('@backstage/integration');
const { validate } = within('jsonschema');
const YAML = within('yaml');
// The engine is not exported (4.3).
const { NunjucksWorkflowRunner } = require(
  path.join(path.dirname(scaffolder), 'dist/scaffolder/tasks/NunjucksWorkflowRunner.cjs.js'),
);

const POLICY = catalog.EntityPolicies.allOf([
  new catalog.SchemaValidEntityPolicy(),
  new catalog.DefaultNamespaceEntityPolicy(),
  new catalog.NoForeignRootFieldsEntityPolicy(),
  new catalog.FieldFormatEntityPolicy(),
]);
const KINDS = {
  'catalog-info.yaml': catalog.componentEntityV1alpha1Validator,
  'backstage/template.yaml': templateEntityV1beta3Validator,
};

const config = new ConfigReader({ integrations: { github: [{ host: 'github.com' }] } });
const integrations = ScmIntegrations.fromConfig(config);
const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const instrument = { add() {}, record() {} };
const metrics = { createCounter: () => instrument, createHistogram: () => instrument };

function entity(file) {
  return YAML.parse(fs.readFileSync(path.join(input.root, file), 'utf8'));
}

async function problemsOf(file, validator) {
  try {
    const found = await POLICY.enforce(entity(file));
    return (await validator.check(found)) ? [] : [`${file}: Backstage knows no such kind or apiVersion; correct them`];
  } catch (error) {
    return [`${file}: ${error.message}`];
  }
}

// As the scaffolder's router does.
function refusals(template, values) {
  return template.spec.parameters.flatMap(page => validate(values, page).errors.map(String));
}

function actions(files, opened) {
  const read = new Map();
  const reader = {
    readUrl: async url => {
      if (!(url in files)) throw new Error(`GitHub has no file ${url}`);
      read.set(path.posix.basename(url), files[url]);
      return { buffer: async () => Buffer.from(files[url]) };
    },
  };
  const client = {
    // With `createWhenEmpty: false` the client of the action compares the files first.
    createPullRequest: async options => {
      const same = ([name, file]) => read.get(name) === Buffer.from(file.content, file.encoding).toString();
      if (!options.createWhenEmpty && Object.entries(options.changes[0].files).every(same)) return null;
      opened.push(options);
      return { data: { base: { ref: options.base }, html_url: 'https://github.com/o/r/pull/1', number: 1 } };
    },
  };
  const all = [
    backend.createFetchPlainFileAction({ reader, integrations }),
    utils.createSerializeYamlAction(),
    utils.createReplaceInFileAction(),
    github.createPublishGithubPullRequestAction({ integrations, config, clientFactory: async () => client }),
  ];
  return {
    get: async id => {
      const found = all.find(action => action.id === id);
      if (!found) throw new Error(`action ${id}: not installed; see docs/backstage.md for the actions`);
      return found;
    },
  };
}

async function run(template, { values, files }, folder) {
  const refused = refusals(template, values);
  if (refused.length) return { refused };
  const opened = [];
  const runner = new NunjucksWorkflowRunner({
    actionRegistry: actions(files, opened),
    auditor: { createEvent: async () => ({ success() {}, fail() {} }) },
    config,
    integrations,
    logger: silent,
    metrics,
    workingDirectory: folder,
  });
  try {
    const { output } = await runner.execute({
      spec: { ...template.spec, parameters: values },
      cancelSignal: new AbortController().signal,
      getInitiatorCredentials: async () => ({}),
      getWorkspaceName: async () => 'task',
      emitLog: async () => {},
    });
    if (!opened.length) return { output };
    const [{ changes, ...rest }] = opened;
    const written = Object.entries(changes[0].files);
    const text = ([name, file]) => [name, Buffer.from(file.content, file.encoding).toString()];
    return { pullRequest: { ...rest, files: Object.fromEntries(written.map(text)) }, output };
  } catch (error) {
    return { failed: error.message };
  }
}

async function main() {
  const problems = [];
  for (const [file, validator] of Object.entries(KINDS)) problems.push(...(await problemsOf(file, validator)));
  const runs = [];
  if (!problems.length) {
    const template = entity('backstage/template.yaml');
    const steps = template.spec.steps.map((step, i) => ({ id: `step-${i + 1}`, name: step.action, ...step }));
    template.spec = { ...template.spec, apiVersion: template.apiVersion, steps };
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'backstage-'));
    try {
      for (const one of input.runs) runs.push(await run(template, one, folder));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }
  process.stdout.write(JSON.stringify({ problems, runs }));
}

main();
