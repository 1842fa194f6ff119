declare const brand: unique symbol;

/** A nominal type: `Brand<number, 'Height'>` is a number that only its own constructor can make. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
