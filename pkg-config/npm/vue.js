// `<Slot>` for Vue 3.

import { defineComponent, h, onMounted, onUnmounted, shallowRef, watch as follow } from "vue";
import { first, ready, watch } from "./slots.js";

export { ready };

/** An element with the slot's content where there is some, and with its default slot otherwise. */
export const Slot = defineComponent({
  name: "SelvedgeSlot",
  inheritAttrs: false,
  props: { name: { type: String, required: true }, as: { type: String, default: "div" } },
  setup(props, { slots, attrs }) {
    const html = shallowRef(first(props.name) ?? null);
    let end;
    const begin = () => {
      end?.();
      end = watch(props.name, (now) => (html.value = now));
    };
    onMounted(begin);
    onUnmounted(() => end());
    follow(() => props.name, begin);
    return () => {
      const properties = { "data-selvedge-slot": props.name, ...attrs };
      return html.value === null
        ? h(props.as, { ...properties, key: "children" }, slots.default?.())
        : h(props.as, { ...properties, key: "content", innerHTML: html.value });
    };
  },
});
