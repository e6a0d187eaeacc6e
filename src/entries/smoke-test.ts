import { readInputs, required } from '../runner/inputs.ts';
import { hostIds, port } from '../runner/kinds.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

await runAction(smokeTest);

async function smokeTest(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, { hosts: required(hostIds()), port: required(port()) });
  const [{ createSsmTransport }, { createElbv2Balancer }, { createS3Source }] = await Promise.all([
    import('../hosts/ssm.ts'),
    import('../balancers/elbv2.ts'),
    import('../artifacts/s3.ts'),
  ]);
  const region = edge.env['AWS_REGION'] ?? '';
  createElbv2Balancer({ region });
  createS3Source({ region });
  edge.setOutput('results', await createSsmTransport({ region }).facts(inputs.hosts));
}
