const phrases: Record<string, string> = { en: 'Please be quiet', de: 'Bitte Ruhe', ja: '図書館ではお静かに' }

export default { say: (language: string) => phrases[language] ?? phrases.en }
