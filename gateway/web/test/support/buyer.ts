import type { BrowserContext, Page } from 'playwright-core';
import type { Shop } from './shop.ts';

/** Signs in with the development form. */
export async function signIn(page: Page, userId: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in', exact: true }).first().click();
  await page.getByLabel('User name').fill(userId);
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** A page on which the user is signed in, as by the link of a shop. */
export async function pageOfUser(visitor: BrowserContext, { url }: Shop, userId: string): Promise<Page> {
  const page = await visitor.newPage();
  const answer = await page.request.post(`${url}/api/dev/login`, { data: { userId } });
  const { accessToken } = (await answer.json()) as { accessToken: string };
  await page.goto(`${url}/#accessToken=${accessToken}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

/** Waits until the buyer's reservation has this state. */
export async function seeStatus(page: Page, status: string): Promise<void> {
  await page.locator(`.ticket[data-status="${status}"]`).waitFor();
}

/** Waits until the purchase panel shows this step. */
export async function seeStep(page: Page, step: string): Promise<void> {
  await page.locator(`.purchase[data-step="${step}"]`).waitFor();
}

export const buyButton = (page: Page) => page.getByRole('button', { name: 'Buy now' });
