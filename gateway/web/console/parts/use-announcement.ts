import { nextTick, type ShallowRef, shallowRef } from 'vue';

interface Announcement {
  /** For a status line. */
  said: ShallowRef<string>;
  /** Takes the focus: give it `tabindex={-1}`. */
  heading: ShallowRef<HTMLElement | undefined>;
  /** Says that a command has changed something, after `show` has shown it. */
  announce(message: string, show: () => void): Promise<void>;
}

/** Says what a command did, and moves the focus to the heading of its panel: the button that had the focus may be gone. */
export function useAnnouncement(): Announcement {
  const said = shallowRef('');
  const heading = shallowRef<HTMLElement>();
  return {
    said,
    heading,
    announce: async (message, show) => {
      said.value = message;
      show();
      await nextTick();
      heading.value?.focus();
    },
  };
}
