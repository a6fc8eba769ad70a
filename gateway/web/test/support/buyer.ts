import type { Page } from 'playwright-core';

/** Signs in with the development form. */
export async function signIn(page: Page, userId: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in', exact: true }).first().click();
  await page.getByLabel('User name').fill(userId);
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
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
