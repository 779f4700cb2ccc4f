import { type ClassValue, clsx } from 'clsx';
import { twMerge } from 'tailwind-merge';

/** Class names; a later one replaces an earlier one of its kind. */
export const cn = (...classes: ClassValue[]) => twMerge(clsx(classes));
