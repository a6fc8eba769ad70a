import { defineComponent, onBeforeUnmount, onMounted, shallowRef } from 'vue';

/** A modal dialog, open while it is rendered. The browser keeps the focus inside and restores it afterwards. */
export const Modal = defineComponent(
  (props: { title: string; onClose: () => void }, { slots }) => {
    const dialog = shallowRef<HTMLDialogElement>();
    onMounted(() => dialog.value?.showModal());
    // A dialog that is only removed takes the focus with it.
    onBeforeUnmount(() => dialog.value?.close());
    return () => (
      <dialog ref={dialog} class="dialog" aria-label={props.title} onClose={props.onClose}>
        <div>
          <h2>{props.title}</h2>
          {slots['default']?.()}
        </div>
      </dialog>
    );
  },
  { props: ['title', 'onClose'] },
);
