import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from '@playwright/test';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { ROOT } from './paths';

const DOCUMENT = JSON.parse(readFileSync(join(ROOT, 'public/openapi.json'), 'utf8'));
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(DOCUMENT, 'openapi.json');

/** Every event that the OpenAPI document describes. */
export const EVENTS = Object.keys(DOCUMENT.webhooks);

/** A message is what the OpenAPI document says of its event. */
export function expectAsDescribed(body: any): void {
  const place = body.type.replaceAll('~', '~0').replaceAll('/', '~1');
  const validate = ajv.getSchema(`openapi.json#/webhooks/${place}/post/requestBody/content/application~1json/schema`);
  expect(validate, `${body.type} is described`).toBeDefined();
  expect(validate!(body), `${JSON.stringify(validate!.errors)} in ${JSON.stringify(body)}`).toBe(true);
}
