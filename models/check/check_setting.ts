/** Whether a model is compared with another device before it is first used where results were wrong before, or never. */
export const CHECK_SETTINGS = ["auto", "never"] as const;

/** One of {@link CHECK_SETTINGS}. */
export type CheckSetting = (typeof CHECK_SETTINGS)[number];
