import { expect, test } from 'vitest';
import { demoOnPlatform } from './demo-on-platform.ts';

test.each(['queue', 'draw'] as const)(
  'the demo holds with a %s, although pages are closed, turns are missed and a gateway is killed',
  async (admission) => {
    const { holds, printed } = await demoOnPlatform(
      { admission, buyers: 120, stock: 20, quiet: false },
      { label: `demo-${admission}`, gateways: 2 },
    );
    expect(printed).not.toContain('✗');
    expect(printed).not.toContain('that no buyer should get');
    expect(holds).toBe(true);
    expect(printed).toContain('gateway-2 is killed.');
    expect(printed).toContain('gateway-2 serves again.');
    expect(printed).toMatch(/In the end 20 units are paid, 0 left/);
    expect(printed).toMatch(/closed and opened again [1-9]\d* times/);
    expect(printed).toMatch(/Every place was given once +[1-9]\d* places, 0 given twice/);
    expect(printed).toMatch(/Every winner had a turn +[2-9]\d winners/);
    expect(printed).toMatch(/Turns came in the order of the places +[2-9]\d turns, 0 overtaken/);
  },
  240_000,
);
